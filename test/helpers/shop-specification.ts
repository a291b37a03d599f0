/** An OpenAPI document with what clients trip over: references, nullable values, awkward names, several places. */
export const shopSpecification = `
openapi: 3.1.0
info: { title: "Shop */ of pets", version: "1.2" }
servers: [{ url: https://shop.example/v1 }]
paths:
  /pets:
    parameters:
      - { $ref: "#/components/parameters/Tenant" }
    get:
      operationId: list-pets
      summary: All pets
      parameters:
        - { name: tag, in: query, schema: { type: array, items: { type: string } } }
        - { name: page-size, in: query, schema: { type: integer } }
      responses:
        "200":
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/pet" } }
    post:
      operationId: addPet
      requestBody: { $ref: "#/components/requestBodies/Pet" }
      responses:
        "201": { content: { application/json: { schema: { $ref: "#/components/schemas/pet" } } } }
  /pets/{petId}/photos/{name}:
    get:
      parameters:
        - { name: petId, in: path, required: true, schema: { type: integer } }
        - { name: name, in: query, schema: { type: string } }
      responses:
        "200": { content: { text/plain: { schema: { type: string } } } }
  /pets/{petId}:
    delete:
      operationId: delete
      responses: { "204": { description: gone } }
components:
  parameters:
    Tenant: { name: x-tenant, in: header, required: true, schema: { type: string } }
  requestBodies:
    Pet: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/new-pet" } } } }
  schemas:
    new-pet:
      type: object
      required: [name]
      properties:
        name: { type: string }
        kind: { enum: [cat, dog] }
        "born-on": { type: [string, "null"] }
        parent: { $ref: "#/components/schemas/pet" }
    pet:
      allOf:
        - { $ref: "#/components/schemas/new-pet" }
        - { type: object, required: [id], properties: { id: { type: integer } } }
`;
